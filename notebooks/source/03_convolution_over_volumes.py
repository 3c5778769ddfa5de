# %% [markdown]
# # 03 Convolution over volumes
